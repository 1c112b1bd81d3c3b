import type { MappingFields } from './mapping.ts';

/** Ready mappings for what other systems send. A setting of the same name comes before them. */
export const PRESET_MAPPINGS: Readonly<Record<'datadog' | 'grafana' | 'sentry' | 'uptime-kuma' | 'opsgenie' | 'cloudevents', MappingFields>> = {
  // docs.datadoghq.com/integrations/webhooks, with the payload of docs/how-to/receive-alerts.md; its default payload says less, and is understood too.
  datadog: {
    key: 'has(body.alert_cycle_key) && body.alert_cycle_key != "" ? body.alert_cycle_key : body.title.split("] ")[size(body.title.split("] ")) - 1]',
    title: 'body.title',
    state:
      'has(body.alert_transition) ? !(body.alert_transition in ["Recovered", "Warn Recovered", "No Data Recovered"]) : !body.title.startsWith("[Recovered")',
    severity: 'has(body.priority) && body.priority != "" ? body.priority : body.event_type',
    summary: 'body.body',
    links: '{"Event in Datadog": body.link}',
    labels: 'has(body.tags) ? body.tags.split(",") : []',
    at: 'has(body.last_updated) ? body.last_updated : body.date',
  },
  // grafana.com/docs: Webhook notifier. Its body is Alertmanager's with more.
  grafana: {
    each: 'body.alerts',
    key: 'item.fingerprint',
    title: 'has(item.labels.alertname) ? item.labels.alertname : body.title',
    state: 'item.status == "firing"',
    severity: 'item.labels.severity',
    summary:
      'has(item.annotations.summary) ? item.annotations.summary : (has(item.annotations.description) ? item.annotations.description : body.message)',
    links:
      '{"Panel": has(item.panelURL) ? item.panelURL : "", "Dashboard": has(item.dashboardURL) ? item.dashboardURL : "", "Rule": has(item.generatorURL) ? item.generatorURL : ""}',
    labels: 'item.labels',
    service: 'item.labels.service',
    at: 'item.status == "firing" ? item.startsAt : item.endsAt',
  },
  // docs.sentry.io: Integration platform, webhooks: event_alert, metric_alert, issue.
  sentry: {
    when: 'has(body.data.metric_alert) || has(body.data.event) || (has(body.data.issue) && body.action in ["created", "resolved", "unresolved", "ignored", "archived"])',
    key: 'has(body.data.metric_alert) ? "metric:" + string(body.data.metric_alert.id) : (has(body.data.event) ? "issue:" + string(body.data.event.issue_id) : "issue:" + string(body.data.issue.id))',
    title: 'has(body.data.metric_alert) ? body.data.description_title : (has(body.data.event) ? body.data.event.title : body.data.issue.title)',
    state: '!(body.action in ["resolved", "ignored", "archived"])',
    severity: 'has(body.data.metric_alert) ? body.action : (has(body.data.event) ? body.data.event.level : body.data.issue.level)',
    summary: 'has(body.data.metric_alert) ? body.data.description_text : (has(body.data.event) ? body.data.event.culprit : body.data.issue.culprit)',
    links: 'has(body.data.metric_alert) ? body.data.web_url : (has(body.data.event) ? body.data.event.web_url : body.data.issue.web_url)',
    labels:
      'has(body.data.event) ? {"level": body.data.event.level, "platform": body.data.event.platform, "rule": body.data.triggered_rule} : {"action": body.action}',
    at: 'header["sentry-hook-timestamp"]',
  },
  // github.com/louislam/uptime-kuma: notification provider "webhook". 0 is down, 1 up, 2 pending, 3 maintenance.
  'uptime-kuma': {
    when: 'has(body.heartbeat.status) && body.heartbeat.status in [0, 1]',
    key: 'string(body.monitor.id)',
    title: 'body.monitor.name + (body.heartbeat.status == 0 ? " is down" : " is up")',
    state: 'body.heartbeat.status == 0',
    summary: 'body.msg',
    links: 'body.monitor.url',
    labels: '{"monitor": body.monitor.name}',
    at: 'body.heartbeat.time',
  },
  // support.atlassian.com/opsgenie: Webhook integration; Jira Service Management sends the same.
  opsgenie: {
    when: 'body.action in ["Create", "Acknowledge", "UnAcknowledge", "Escalate", "UpdatePriority", "Close", "Delete"]',
    key: 'body.alert.alertId',
    title: 'body.alert.message',
    state: '!(body.action in ["Close", "Delete"])',
    severity: 'body.alert.priority',
    summary: 'body.action == "Create" ? body.alert.description : body.action + " by " + body.alert.username',
    labels: '{"alias": body.alert.alias, "source": body.alert.source, "entity": body.alert.entity}',
    at: 'body.action == "Create" ? body.alert.createdAt : body.alert.updatedAt',
  },
  // cloudevents.io, in the structured mode and in the binary mode.
  cloudevents: {
    // Without a subject: the type, without the word that ends an alert.
    key: '(has(body.specversion) ? body.source : header["ce-source"]) + " " + (has(body.specversion) && has(body.subject) ? body.subject : (!has(body.specversion) && "ce-subject" in header ? header["ce-subject"] : [has(body.specversion) ? body.type : header["ce-type"]].map(type, ["resolved", "recovered", "closed", "ok", "ended"].exists(word, type.endsWith("." + word)) ? type.substring(0, type.lastIndexOf(".")) : type)[0]))',
    title:
      'has(body.specversion) ? (has(body.data) && has(body.data.title) ? body.data.title : body.type) : (has(body.title) ? body.title : header["ce-type"])',
    state:
      '!["resolved", "recovered", "closed", "ok", "ended"].exists(word, (has(body.specversion) ? body.type : header["ce-type"]).endsWith("." + word))',
    severity: 'has(body.specversion) ? body.data.severity : body.severity',
    summary: 'has(body.specversion) ? body.data.summary : body.summary',
    links: 'has(body.specversion) ? body.data.url : body.url',
    labels:
      'has(body.specversion) ? {"type": body.type, "source": body.source, "subject": has(body.subject) ? body.subject : ""} : {"type": header["ce-type"], "source": header["ce-source"]}',
    at: 'has(body.specversion) ? body.time : header["ce-time"]',
  },
};
