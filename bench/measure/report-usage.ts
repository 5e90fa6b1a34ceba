import { writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

// Loaded with --import into a process that is measured from outside. On exit it writes
// the kernel's counts for all threads to the file that BENCH_USAGE names.
const file = process.env.BENCH_USAGE
if (isMainThread && file) {
  const start = performance.now()
  process.on('exit', () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
    const usage = {
      wallMs: performance.now() - start,
      cpuMs: (userCPUTime + systemCPUTime) / 1e3,
      peakRssBytes: maxRSS * 1024,
    }
    writeFileSync(file, JSON.stringify(usage))
  })
}
