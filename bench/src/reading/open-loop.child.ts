import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { OpenLoopLoad, OpenLoopResult } from './open-loop.js';

/** Connections that requests are spread over; one that comes when all are taken waits, and its wait counts. */
const CONNECTIONS = 64;

/**
 * How long it sleeps at a time until the next request's time, in ms: a timer of Node's would be late by as much as is measured, and to stay awake would take a core from whom it measures.
 * An answer is found so much later at the most.
 */
const NAP_MS = 0.05;
const nothing = new Int32Array(new SharedArrayBuffer(4));

const HEAD_END = '\r\n\r\n';

/** A connection with one request under way at the most. It reads of an answer what it must to know where it ends. */
class Line {
  private readonly socket: Socket;
  private received = '';
  private dueAt = 0;

  constructor(
    port: number,
    private readonly onAnswer: (line: Line, ms: number, isGood: boolean) => void,
  ) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.setEncoding('latin1'); // a character a byte
    this.socket.on('data', (chunk: unknown) => this.receive(String(chunk)));
  }

  send(request: string, dueAt: number): void {
    this.dueAt = dueAt;
    this.socket.write(request, 'latin1');
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(chunk: string): void {
    this.received += chunk;
    const headEnd = this.received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = this.received.slice(0, headEnd);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (this.received.length < headEnd + HEAD_END.length + length) return;
    this.received = '';
    const status = Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length));
    this.onAnswer(this, performance.now() - this.dueAt, status < 400);
  }
}

async function run({ file, port, perSecond, seconds }: OpenLoopLoad): Promise<OpenLoopResult> {
  const requests = readFileSync(file, 'utf8').split('\n').map(asRequest);
  const times: number[] = [];
  let failed = 0;
  const idle: Line[] = [];
  const waiting: number[] = [];
  let next = 0;
  const send = (line: Line, dueAt: number) => line.send(requests[next++ % requests.length]!, dueAt);
  const onAnswer = (line: Line, ms: number, isGood: boolean) => {
    times.push(ms);
    if (!isGood) failed += 1;
    const dueAt = waiting.shift();
    if (dueAt === undefined) idle.push(line);
    else send(line, dueAt);
  };
  const lines = Array.from({ length: CONNECTIONS }, () => new Line(port, onAnswer));
  idle.push(...lines);

  const start = performance.now();
  const total = Math.floor(perSecond * seconds);
  for (let begun = 0; begun < total;) {
    const due = Math.min(total, ((performance.now() - start) / 1_000) * perSecond);
    for (; begun < due; begun += 1) {
      const dueAt = start + (begun / perSecond) * 1_000;
      const line = idle.pop();
      if (line === undefined) waiting.push(dueAt);
      else send(line, dueAt);
    }
    await new Promise(setImmediate);
    if (begun < total) Atomics.wait(nothing, 0, 0, NAP_MS);
  }
  while (times.length < total) await new Promise(setImmediate);
  for (const line of lines) line.close();

  times.sort((one, other) => one - other);
  const quantile = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))]!;
  return { p50: quantile(0.5), p99: quantile(0.99), p999: quantile(0.999), failed };
}

function asRequest(line: string): string {
  const [path = '/', ...fields] = line.split('\t');
  const headers = Array.from({ length: fields.length / 2 }, (_, place) =>
    fields.slice(2 * place, 2 * place + 2).join(': '),
  );
  return [`GET ${path} HTTP/1.1`, 'Host: 127.0.0.1', ...headers, '', ''].join('\r\n');
}

process.on('message', (load: OpenLoopLoad) => void run(load).then((result) => process.send?.(result)));
