/** How a command of the command line is typed, wherever people are told to run one. */
export const TYPED = 'npm run -s tocsin --';
