import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';

const DIRECTORY = new URL('../migrations/', import.meta.url);
const FILE = /^\d{4}_.+\.sql$/;
const HEADER = /^-- migration: (.+)$/gm;

/** One file of `store/migrations/`; its README.md says what the headers mean. */
export interface MigrationFile {
  set: string;
  id: number;
  /** With its set: `core/0001_schema.sql`. */
  name: string;
  text: string;
  /** SHA-256 of the text, in hexadecimal. */
  hash: string;
  breaking: boolean;
  transactional: boolean;
}

/** Parses a file. @throws {Error} for a header that does not exist */
export function migrationFile(set: string, fileName: string, text: string): MigrationFile {
  const headers = [...text.matchAll(HEADER)].map(([, header]) => header!);
  const unknown = headers.find((header) => !['breaking', 'no transaction'].includes(header));
  if (unknown !== undefined) throw new Error(`${set}/${fileName} has an unknown header: ${unknown}`);
  return {
    set,
    id: Number(fileName.slice(0, 4)),
    name: `${set}/${fileName}`,
    text,
    hash: createHash('sha256').update(text).digest('hex'),
    breaking: headers.includes('breaking'),
    transactional: !headers.includes('no transaction'),
  };
}

/** All files of a set, in order. */
export async function migrationFiles(set: string): Promise<MigrationFile[]> {
  const folder = new URL(`${set}/`, DIRECTORY);
  const names = (await readdir(folder)).filter((name) => FILE.test(name)).toSorted();
  return Promise.all(names.map(async (name) => migrationFile(set, name, await readFile(new URL(name, folder), 'utf8'))));
}
