/** A calendar server to develop and test against: one private feed of the kind that ends in `.ics`. */
export { CalendarSimulator } from './simulator.ts';
