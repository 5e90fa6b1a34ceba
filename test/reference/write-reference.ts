import { writeFileSync } from 'node:fs'
import { searchReference } from './search-reference.ts'

// npm run -s docs:reference
writeFileSync(new URL('../../docs/search-reference.md', import.meta.url), searchReference())
