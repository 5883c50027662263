#!/usr/bin/env node
'use strict'

// Node's default for SIGUSR1 opens its debugger to any local user.
process.on('SIGUSR1', () => {})

const argv = process.argv.slice(2)
const only = argv.length === 1 ? argv[0] : undefined

if (argv.length === 0 || only === '--help' || only === '-h' || only === 'help') printAsset('help.txt')
else if (only === '--version' || only === '-v') printAsset('version.txt')
else run()

function printAsset(name) {
  const fs = require('node:fs')
  const text = fs.readFileSync(`${__dirname}/../dist/${name}`, 'utf8')
  process.stdout.on('error', () => {})
  process.stdout.write(text.replace('NODE', process.version).replace('PLATFORM', `${process.platform}-${process.arch}`))
}

function run() {
  const { main } = require('../dist/main.cjs')
  const manifest = require('../dist/manifest.json')
  main(argv, manifest, `${__dirname}/..`).then(
    (code) => process.exit(code),
    (error) => {
      process.stderr.write(`certctl: bug: ${String(error && error.stack)}\n`)
      process.exit(1)
    },
  )
}
