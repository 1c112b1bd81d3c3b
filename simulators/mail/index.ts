/** A mail server to develop and test against: real SMTP on loopback, which keeps what it takes. */
export { type MailSimulator, startMailSimulator, type TakenMail } from './simulator.ts';
