/** What is wrong with a host's clock that is `seconds` ahead of the database's (negative: behind), and what to do. */
export function skewAdvice(seconds: number): string {
  const far = Math.abs(seconds).toFixed(Math.abs(seconds) < 10 ? 1 : 0);
  return `the clock of this host is ${far} s ${seconds > 0 ? 'ahead of' : 'behind'} the database's: set it (NTP)`;
}
