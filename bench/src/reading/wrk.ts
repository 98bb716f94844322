import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findOrInstall } from '../../../apps/local/src/apt-install.js';

/** One request of a load. */
export interface Shot {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface ClosedLoop {
  readonly requests: number;
  readonly seconds: number;
  /** Answers with a status of 400 or more, and requests without any. */
  readonly failed: number;
}

const SCRIPT = `
local shots = {}
local last = 0
function init(arguments)
  for line in io.lines(arguments[1]) do
    local fields = {}
    for field in line:gmatch("[^\\t]+") do fields[#fields + 1] = field end
    local headers = {}
    for place = 2, #fields, 2 do headers[fields[place]] = fields[place + 1] end
    shots[#shots + 1] = wrk.format("GET", fields[1], headers)
  end
end
function request()
  last = last % #shots + 1
  return shots[last]
end
function done(summary)
  local errors = summary.errors
  local failed = errors.status + errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format('RESULT {"requests":%d,"seconds":%f,"failed":%d}\\n', summary.requests, summary.duration / 1e6, failed))
end
`;

/** A closed loop by wrk, which takes little of the machine for itself: so many connections, each asking again when it has its answer. */
export class Wrk {
  private readonly program: string;
  private readonly script: string;
  private loads = 0;

  /**
   * @param folder for its files
   * @throws where there is no wrk
   */
  constructor(private readonly folder: string) {
    const program = findOrInstall({ names: ['wrk'], debianPackage: 'wrk' }, (line) => console.error(line));
    if (program === undefined) throw new Error('wrk is needed: apt-get install wrk');
    this.program = program;
    this.script = join(folder, 'load.lua');
    writeFileSync(this.script, SCRIPT);
  }

  /** Writes a load down. @returns its name for `run` */
  prepare(shots: readonly Shot[]): string {
    const file = join(this.folder, `load-${(this.loads += 1)}.txt`);
    const lines = shots.map(({ path, headers }) => [path, ...Object.entries(headers).flat()].join('\t'));
    writeFileSync(file, lines.join('\n'));
    return file;
  }

  async run(load: string, port: number, connections: number, seconds: number): Promise<ClosedLoop> {
    const options = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', this.script];
    const { stdout } = await promisify(execFile)(this.program, [
      ...options,
      `http://127.0.0.1:${port}`,
      '--',
      load,
    ]);
    const line = stdout.split('\n').find((said) => said.startsWith('RESULT '));
    if (line === undefined) throw new Error(`wrk said nothing of its result:\n${stdout}`);
    return JSON.parse(line.slice('RESULT '.length)) as ClosedLoop;
  }
}
