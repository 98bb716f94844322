import { expect, test } from '@jest/globals';
import { WorkSlots } from './work-slots.js';

/** Work that ends when it is told to. */
function work() {
  let end = () => {};
  const ended = new Promise<void>((resolve) => (end = resolve));
  let begun = false;
  const run = async () => {
    begun = true;
    await ended;
  };
  return { run, end, hasBegun: () => begun };
}

/** Lets everything happen that waits for nothing else. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test('jobs are never held up; what can wait takes no more than half of the slots', async () => {
  const slots = new WorkSlots(4);
  const [job, first, second] = [work(), work(), work()];
  const done = [slots.occupy(job.run), ...[first, second].map((spare) => slots.occupySpare(spare.run))];
  expect([job, first, second].map(({ hasBegun }) => hasBegun())).toEqual([true, true, false]);
  job.end();
  await settle();
  expect(second.hasBegun()).toBe(true);
  first.end();
  second.end();
  await Promise.all(done);
});

test('what can wait does while all hands are full, and comes in its order then', async () => {
  const slots = new WorkSlots(2);
  const jobs = [work(), work()];
  const spares = [work(), work(), work()];
  const done = [
    ...jobs.map((job) => slots.occupy(job.run)),
    ...spares.map((spare) => slots.occupySpare(spare.run)),
  ];
  const begun = () => spares.map(({ hasBegun }) => hasBegun());
  jobs[0]!.end();
  await settle();
  expect(begun()).toEqual([false, false, false]);
  jobs[1]!.end();
  await settle();
  expect(begun()).toEqual([true, false, false]);
  spares.forEach(({ end }) => end());
  await Promise.all(done);
  expect(begun()).toEqual([true, true, true]);
});

test('a worker of one job at a time gets to it, too, and a failure gives its slot back', async () => {
  const slots = new WorkSlots(1);
  const broken = () => Promise.reject(new Error('broken'));
  await expect(slots.occupy(broken)).rejects.toThrow('broken');
  await expect(slots.occupySpare(broken)).rejects.toThrow('broken');
  expect(await slots.occupySpare(async () => 'done')).toBe('done');
});
