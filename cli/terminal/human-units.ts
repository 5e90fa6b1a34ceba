import { usage } from './arguments.ts'

const BYTE_UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB']

/** Formats bytes such as `1.2 MB`, with decimal units. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${BYTE_UNITS[unit]}`
}

/** Formats a number such as `12,345`, without the runtime's formats, which take 20 ms to load: a tenth of a search. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `1 document`, `2 documents`. */
export function formatThings(count: number, thing: string): string {
  return `${formatCount(count)} ${thing}${count === 1 ? '' : 's'}`
}

/** `0.42 s`, `3:05`, `1:02:03`. */
export function formatDuration(durationMs: number): string {
  const seconds = durationMs / 1000
  if (seconds < 10) return `${seconds.toFixed(2)} s`
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const shown = parts[0] === 0 ? parts.slice(1) : parts
  return shown.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, '0'))).join(':')
}

const DURATIONS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * Milliseconds of `90s`, `10m`, `1h`, `7d`.
 *
 * @throws {InvalidRequestError} which names the option, for any other form
 */
export function readDuration(option: string, text: string): number {
  const [, number, unit = ''] = /^(\d{1,6}(?:\.\d+)?)([smhd])$/.exec(text) ?? []
  if (number !== undefined) return Number(number) * DURATIONS[unit]!
  throw usage(`${option} must be a time such as 90s, 10m, 1h or 7d, got "${text}"`)
}
