import { secretForms } from '../../domain/mask-secrets.ts';

const MASK = '***';

/** The number of characters at the end of a text that may be the beginning of a secret. */
function partialSecretLength(text: string, forms: readonly string[]): number {
  let longest = 0;
  for (const form of forms) {
    for (let length = Math.min(form.length - 1, text.length); length > longest; length -= 1) {
      if (text.endsWith(form.slice(0, length))) longest = length;
    }
  }
  return longest;
}

/**
 * Replaces secrets in a stream of bytes, including a secret split between two parts. All other bytes pass unchanged and at once;
 * only a possible beginning of a secret waits for the next part.
 */
export async function* maskBytes(parts: AsyncIterable<Uint8Array>, secrets: readonly string[]): AsyncGenerator<Uint8Array> {
  // One character per byte: assumes no encoding, and breaks none.
  const forms = secretForms(secrets).map((form) => Buffer.from(form).toString('latin1'));
  let held = '';
  for await (const part of parts) {
    const text = forms.reduce(
      (masked, form) => masked.replaceAll(form, MASK),
      held + Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString('latin1'),
    );
    const partialLength = partialSecretLength(text, forms);
    held = text.slice(text.length - partialLength);
    if (partialLength < text.length) yield Buffer.from(text.slice(0, text.length - partialLength), 'latin1');
  }
  if (held !== '') yield Buffer.from(held, 'latin1');
}
