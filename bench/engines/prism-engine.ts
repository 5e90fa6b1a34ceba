import type { BenchEngine } from './bench-engine.ts'
export const prismEngine: BenchEngine = undefined as never
