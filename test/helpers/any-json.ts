/** JSON that a test looks into without saying first what it is. */
// oxlint-disable-next-line typescript/no-explicit-any -- whatever is wrong with it, the assertions say
export type AnyJson = any;
