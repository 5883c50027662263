'use strict'

// Loaded before the program by `node --require`. ru_maxrss is only the second choice: on Linux it begins at what the
// parent held when it forked.
const fs = require('node:fs')

process.on('exit', () => {
  let kib = process.resourceUsage().maxRSS
  try {
    kib = Number(/^VmHWM:\s+(\d+) kB/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1])
  } catch {
    // No /proc here.
  }
  fs.writeFileSync(process.env.CERTCTL_BENCH_PEAK, String(kib / 1024))
})
