import type { LabelSelector } from './shapes.ts';

/** A label selector as the API's query takes it: `app=aureus,component=frontend,tier in (a,b)`. */
export function selectorText(selector: LabelSelector): string {
  const equal = Object.entries(selector.matchLabels).map(([key, value]) => `${key}=${value}`);
  return [...equal, ...selector.matchExpressions.map(expressionText)].join(',');
}

/** Whether labels fit. An empty selector fits everything, as in a PodDisruptionBudget of policy/v1. */
export function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  if (Object.entries(selector.matchLabels).some(([key, value]) => labels[key] !== value)) return false;
  return selector.matchExpressions.every((expression) => {
    const value = labels[expression.key];
    if (expression.operator === 'Exists') return value !== undefined;
    if (expression.operator === 'DoesNotExist') return value === undefined;
    const listed = value !== undefined && expression.values.includes(value);
    return expression.operator === 'In' ? listed : !listed;
  });
}

function expressionText(expression: LabelSelector['matchExpressions'][number]): string {
  if (expression.operator === 'Exists') return expression.key;
  if (expression.operator === 'DoesNotExist') return `!${expression.key}`;
  return `${expression.key} ${expression.operator === 'In' ? 'in' : 'notin'} (${expression.values.join(',')})`;
}
