import fc from 'fast-check';
import { type Layer, type OwnRota, WEEKDAYS } from '../../../src/domain/rota/rota.ts';
import { daysAfter } from '../../../src/lib/zoned.ts';

export const ZONES = ['Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe'] as const;

const times = fc
  .integer({ min: 0, max: 24 * 4 - 1 })
  .map((quarter) => `${String(Math.floor(quarter / 4)).padStart(2, '0')}:${String((quarter % 4) * 15).padStart(2, '0')}`);
const people = fc.uniqueArray(fc.constantFrom('U0ADA', 'U0LINUS', 'U0GRACE', 'U0ALAN'), { minLength: 1 });
export const starts = fc.integer({ min: -400, max: 400 }).map((days) => daysAfter('2026-06-01', days));
export const turns = fc.oneof(
  fc.record({
    days: fc.integer({ min: 1, max: 4 }).map((weeks) => weeks * 7),
    handover: fc.record({ weekday: fc.constantFrom(...WEEKDAYS), time: times }),
  }),
  fc.record({ days: fc.integer({ min: 1, max: 9 }), handover: fc.record({ weekday: fc.constant(null), time: times }) }),
);
const wholeLayer: fc.Arbitrary<Layer> = fc
  .record({ name: fc.constant(null), people, starts })
  .chain((base) => turns.map((turn) => ({ ...base, ...turn })));
const limited: fc.Arbitrary<Layer> = fc
  .tuple(
    wholeLayer,
    fc.option(fc.tuple(times, times).filter(([from, to]) => from !== to)),
    fc.option(fc.uniqueArray(fc.constantFrom(...WEEKDAYS), { minLength: 1 })),
  )
  .map(([base, hours, on]) => ({ ...base, ...(hours === null ? {} : { hours: { from: hours[0], to: hours[1] } }), ...(on === null ? {} : { on }) }));
const holidays = fc.array(
  fc.record({
    day: fc.integer({ min: 0, max: 1_095 }).map((days) => daysAfter('2026-01-01', days)),
    name: fc.constant(null),
    user: fc.option(fc.constant('U0ALAN')),
  }),
  { maxLength: 5 },
);
/** Any rota of a file. */
export const rotas: fc.Arbitrary<OwnRota> = fc
  .tuple(fc.constantFrom(...ZONES), wholeLayer, fc.array(limited, { maxLength: 2 }), holidays)
  .map(([timeZone, first, later, days]) => ({ id: 'platform', name: 'Platform', timeZone, layers: [first, ...later], holidays: days }));
