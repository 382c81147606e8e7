import { runTaskProcess } from './task-process.ts';
import { TASK_COMMAND, doTask, startTask, Task } from './task.ts';

const [command = '', ...rest] = process.argv.slice(2);
if (command === TASK_COMMAND) await runTaskProcess(rest[0] ?? '');
else console.log(JSON.stringify(await doTask(Task.parse(JSON.parse(command))), null, 1));
