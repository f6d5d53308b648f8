/** A variable of the environment is invalid, or contradicts another one: the program does not start. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  /** Each of the `lines` names one invalid variable. */
  static of(lines: readonly string[]): ConfigurationError {
    return new ConfigurationError(`Wrong settings in the environment:\n  ${lines.join('\n  ')}`);
  }
}
