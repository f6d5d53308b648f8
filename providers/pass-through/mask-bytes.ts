import { secretForms } from '../../domain/mask-secrets.ts';

const MASK = '***';

/** How many characters at the end of a text may be the beginning of one of these. */
function openEnd(text: string, forms: readonly string[]): number {
  let longest = 0;
  for (const form of forms) {
    for (let length = Math.min(form.length - 1, text.length); length > longest; length -= 1) {
      if (text.endsWith(form.slice(0, length))) longest = length;
    }
  }
  return longest;
}

/**
 * Replaces secrets in bytes as they pass, also where one comes in two parts. Everything else passes untouched and at once: only
 * what may be the beginning of a secret waits for what follows.
 */
export async function* maskBytes(parts: AsyncIterable<Uint8Array>, secrets: readonly string[]): AsyncGenerator<Uint8Array> {
  // A character for a byte: no encoding is assumed, and none is broken.
  const forms = secretForms(secrets).map((form) => Buffer.from(form).toString('latin1'));
  let held = '';
  for await (const part of parts) {
    const text = forms.reduce(
      (masked, form) => masked.replaceAll(form, MASK),
      held + Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString('latin1'),
    );
    const open = openEnd(text, forms);
    held = text.slice(text.length - open);
    if (open < text.length) yield Buffer.from(text.slice(0, text.length - open), 'latin1');
  }
  if (held !== '') yield Buffer.from(held, 'latin1');
}
