import { ApiError } from '../../protocol/error.ts';
import type { Service } from '../../protocol/service.ts';
import { alarmOperations } from './alarms.ts';
import { metricOperations } from './metrics.ts';

/** CloudWatch: metrics and alarms. */
export const cloudwatch: Service = {
  name: 'monitoring',
  prefix: 'cloudwatch',
  source: 'monitoring.amazonaws.com',
  protocol: { kind: 'json', version: '1.0', target: 'GraniteServiceVersion20100801', queryCompatible: true },
  invalid: ({ kind, path, text: message }) => {
    if (kind === 'missing') return new ApiError(400, 'MissingParameter', `The parameter ${path} is required.`);
    if (kind === 'constraint') return new ApiError(400, 'ValidationError', message);
    return new ApiError(400, 'SerializationException', message);
  },
  operations: [...alarmOperations, ...metricOperations],
};
