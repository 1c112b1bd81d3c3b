import { z } from 'zod';
import { ApiError } from '../../protocol/error.ts';
import { text } from '../../protocol/input.ts';

const SIZES = ['Bytes', 'Kilobytes', 'Megabytes', 'Gigabytes', 'Terabytes', 'Bits', 'Kilobits', 'Megabits', 'Gigabits', 'Terabits'];
const UNITS = ['Seconds', 'Microseconds', 'Milliseconds', 'Percent', 'Count', 'Count/Second', 'None'].concat(
  SIZES,
  SIZES.map((size) => `${size}/Second`),
);

/** Shapes that several operations share; constraints as the CloudWatch API reference gives them. */
export const Unit = z.enum(UNITS);
export const StatisticName = z.enum(['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum']);
export const Namespace = text(1, 255, /[^:].*/);
export const Name = text(1, 255);
export const Dimensions = z.array(z.strictObject({ Name, Value: text(1, 1024) })).max(30);
/** s */
export const Period = z.number().int().min(1);

export const invalidToken = (): ApiError => new ApiError(400, 'InvalidNextToken', 'The next token is not valid.');
