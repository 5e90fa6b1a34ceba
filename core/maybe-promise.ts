/**
 * A value, or a promise of it where something has to be waited for. What is in memory already is handed on at once:
 * a warm search asks for hundreds of small things, and waiting for each would take longer than its work.
 *
 * Functions that answer one never throw: a failure is a rejected promise, so that of several begun side by side none is lost.
 */
export type MaybePromise<T> = T | Promise<T>

/** Goes on with a value, now if it is here. What `next` throws is a rejected promise. */
export function whenHere<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  if (value instanceof Promise) return value.then(next)
  try {
    return next(value)
  } catch (error) {
    return Promise.reject(error)
  }
}

/** All values, at once if all are here. */
export function allHere<T extends readonly unknown[]>(
  values: readonly [...{ [K in keyof T]: MaybePromise<T[K]> }],
): MaybePromise<T>
export function allHere<T>(values: readonly MaybePromise<T>[]): MaybePromise<T[]>
export function allHere<T>(values: readonly MaybePromise<T>[]): MaybePromise<T[]> {
  for (const value of values) if (value instanceof Promise) return Promise.all(values)
  return values as T[]
}
