/** A value in the environment is wrong, or two do not go together: the program does not start. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  /** `lines` name one wrong variable each. */
  static of(lines: readonly string[]): ConfigurationError {
    return new ConfigurationError(`Wrong settings in the environment:\n  ${lines.join('\n  ')}`);
  }
}
