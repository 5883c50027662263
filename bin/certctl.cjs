#!/usr/bin/env node
'use strict'

const dist = `${__dirname}/../dist`

// Node's default for SIGUSR1 opens its debugger to any local user.
process.on('SIGUSR1', () => {})

const argv = process.argv.slice(2)
const only = argv.length === 1 ? argv[0] : undefined

if (argv.length === 0 || only === '--help' || only === '-h' || only === 'help') printAsset('help.txt')
else if (only === '--version' || only === '-v') printAsset('version.txt')
else run()

function printAsset(name) {
  const fs = require('node:fs')
  const text = fs.readFileSync(`${dist}/${name}`, 'utf8')
  print(fs, text.replace('NODE', process.version).replace('PLATFORM', `${process.platform}-${process.arch}`))
}

/** Past the stream, which takes longer to make than everything else here; only a full pipe needs it. */
function print(fs, text) {
  let written = 0
  const bytes = Buffer.from(text)
  try {
    while (written < bytes.length) written += fs.writeSync(1, bytes, written)
  } catch (error) {
    if (error.code !== 'EAGAIN') return
    process.stdout.on('error', () => {})
    process.stdout.write(bytes.subarray(written))
  }
}

function run() {
  // oclif's own switch: no colours of help from a theme.json in the configuration directory, which it would look for each time.
  process.env.CERTCTL_DISABLE_THEME = '1'
  const { main } = require(`${dist}/main.cjs`)
  const read = (name) => require(`${dist}/${name}.json`)
  main(argv, read, `${__dirname}/..`).then(
    (code) => process.exit(code),
    (error) => {
      process.stderr.write(`certctl: bug: ${String(error && error.stack)}\n`)
      process.exit(1)
    },
  )
}
