import { Command } from 'commander';
import { dev } from './commands/dev.ts';
import { doctor } from './commands/doctor.ts';
import { migrate } from './commands/migrate.ts';
import { answer, approvals, approve, reject } from './commands/people.ts';
import { run } from './commands/run.ts';
import { cancelCommand, listCommand, showCommand, watchCommand } from './commands/runs.ts';
import { server } from './commands/server.ts';
import { worker } from './commands/worker.ts';
import { readConfig } from '../programs/config.ts';
import { printConfig } from './print-config.ts';
import { printLine, printError } from './print.ts';
import { EndedWhileWaitingError } from './start-wait.ts';
import { version } from '../programs/version.ts';

interface PrintOption {
  printConfig?: boolean;
}

const program = new Command('durable-assistants')
  .description('The Assistants API that cannot lose a run. Settings come from the environment: see the README.')
  .version(version);

const PRINT_CONFIG = ['--print-config', 'print the settings as they are used, secrets masked, and end'] as const;

/** Prints the settings instead of running the command, if `--print-config` is given. */
function orPrintConfig<Options>(command: (options: Options) => Promise<void>): (options: Options & PrintOption) => Promise<void> {
  return async (options) => (options.printConfig ? printConfig(readConfig()) : command(options));
}

program
  .command('dev')
  .description('everything in one process: API, worker, database and Temporal')
  .option('--tools <module>', 'also do orchestrated runs, with the tools that this module exports')
  .option(...PRINT_CONFIG)
  .action(orPrintConfig(dev));

program
  .command('server')
  .description('the API alone, on Postgres (DATABASE_URL)')
  .option(...PRINT_CONFIG)
  .action(orPrintConfig(server));

program
  .command('worker')
  .description('do runs (with DATABASE_URL) and orchestrated runs (with --tools)')
  .option('--tools <module>', 'a module that exports tools')
  .option(...PRINT_CONFIG)
  .action(orPrintConfig(worker));

program
  .command('migrate')
  .description('bring the database up to date')
  .option(...PRINT_CONFIG)
  .action(orPrintConfig(migrate));

program
  .command('doctor')
  .description('look at everything that a run needs, and say what to do')
  .option('--fix', 'register the search attributes that are missing')
  .option(...PRINT_CONFIG)
  .action(orPrintConfig(doctor));

program
  .command('run')
  .description('start an orchestrated run and show what happens')
  .argument('<message>', 'what the user says')
  .requiredOption('--assistant <id>', 'the assistant, asst_…')
  .option('--thread <id>', 'go on with this thread, thread_…')
  .option('--deadline <time>', "for the whole run, like '2 minutes'")
  .option('--wait', 'wait for the thread if another run is active on it')
  .action(run);

const runs = program.command('runs').description('orchestrated runs: list, show, watch, cancel');
runs
  .command('list')
  .description('the newest first')
  .option('--status <status>', 'only running, completed, failed, cancelled, terminated or timed_out ones')
  .option('--limit <count>', 'at most so many', '20')
  .action(listCommand);
runs.command('show').description('where a run is, and what it waits for').argument('<workflow-id>').action(showCommand);
runs.command('watch').description('what happens, until its end').argument('<workflow-id>').action(watchCommand);
runs
  .command('cancel')
  .description('end a run, also one that a terminated workflow has left behind')
  .argument('<workflow-id>')
  .action(cancelCommand);

const CALL = ['--call <id>', 'which call, where several of the run wait'] as const;
const BY = ['--by <name>', 'who decides (default: who is logged in)'] as const;

program.command('approvals').description('list the calls that wait for people').action(approvals);

program
  .command('approve')
  .description('let a call be made')
  .argument('<workflow-id>')
  .option(...CALL)
  .option(...BY)
  .action(approve);

program
  .command('reject')
  .description('refuse a call; the model is told why')
  .argument('<workflow-id>')
  .requiredOption('--reason <text>', 'why')
  .option(...CALL)
  .option(...BY)
  .action(reject);

program
  .command('answer')
  .description('give the output of a call that waits')
  .argument('<workflow-id>')
  .argument('<output>', 'text, or JSON with --json')
  .option('--json', 'the output is a JSON value')
  .option(...CALL)
  .option(...BY)
  .action(answer);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof EndedWhileWaitingError) {
    printLine(error.message);
    process.exit(error.exitCode);
  }
  printError(error);
  // Everything is closed by now, but a native Runtime without a connection would keep the process alive.
  process.exit(1);
}
