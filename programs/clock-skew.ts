/** Describes a host's clock that is `seconds` ahead of the database's (negative: behind), and says what to do. */
export function skewAdvice(seconds: number): string {
  const difference = Math.abs(seconds).toFixed(Math.abs(seconds) < 10 ? 1 : 0);
  return `the clock of this host is ${difference} s ${seconds > 0 ? 'ahead of' : 'behind'} the database's: set it (NTP)`;
}
