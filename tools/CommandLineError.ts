/** Thrown for an invalid command line. The message is a sentence for the user. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError';
}
