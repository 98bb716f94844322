/**
 * How many host names a process looks up at a time. The system's resolver blocks a thread for each, for seconds where no name server answers; libuv has as many threads as `UV_THREADPOOL_SIZE`
 * says, and gives half of them to what is slow by nature (`uv__work_submit`, `UV__WORK_SLOW_IO`).
 */
export function lookupsAtATime(threads: number): number {
  return Math.floor((threads + 1) / 2);
}
