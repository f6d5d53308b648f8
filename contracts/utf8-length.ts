const encoder = new TextEncoder();

/** The length of a text in UTF-8, in bytes. Not by a Buffer, which workflows and browsers lack. */
export const utf8Length = (text: string): number => encoder.encode(text).length;
