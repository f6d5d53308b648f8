import pc from 'picocolors';
import { secretMask } from '../../domain/mask-secrets.ts';
import { readConfig, secretsOf } from '../../programs/config.ts';
import { checkDatabase } from '../../operations/doctor/check-database.ts';
import { checkModel } from '../../operations/doctor/check-model.ts';
import { checkNode } from '../../operations/doctor/check-node.ts';
import { checkSize } from '../../operations/doctor/check-size.ts';
import { checkTemporal } from '../../operations/doctor/check-temporal.ts';
import type { Finding } from '../../operations/doctor/finding.ts';
import { printLine } from '../print.ts';

const MARKS: Record<Finding['state'], string> = { ok: pc.green('ok  '), warning: pc.yellow('look'), problem: pc.red('FAIL') };

export interface DoctorOptions {
  /** Register missing search attributes. */
  fix?: boolean;
}

/** `doctor`: checks everything that a run needs and says what to do. The exit code is 1 if runs are not possible. */
export async function doctor({ fix = false }: DoctorOptions): Promise<void> {
  const config = readConfig();
  const [database, size, temporal, model] = await Promise.all([
    checkDatabase(config),
    checkSize(config),
    checkTemporal(config, { fix }),
    checkModel(config),
  ]);
  const findings = [checkNode(), ...database, ...size, ...temporal, model];
  const width = Math.max(...findings.map(({ subject }) => subject.length));
  const mask = secretMask(secretsOf(config));
  for (const { state, subject, text, advice } of findings) {
    printLine(`${MARKS[state]}  ${subject.padEnd(width)}  ${mask(text)}`);
    if (advice) printLine(`      ${' '.repeat(width)}  ${pc.dim('→')} ${advice}`);
  }
  const problems = findings.filter(({ state }) => state === 'problem').length;
  printLine(
    problems === 0
      ? '\nNothing is in the way of a run.'
      : `\n${problems === 1 ? 'One thing is' : `${problems} things are`} in the way of a run.`,
  );
  if (problems > 0) process.exitCode = 1;
}
