import { fstatSync, type Stats } from 'node:fs'
import { chalkStderr } from 'chalk'
import { findVariable, processEnvironment } from '../config/environment.ts'
import type { Settings } from '../config/settings.ts'
import { systemClock } from '../core/clock.ts'
import type { Logger } from '../core/log.ts'
import { chooseLogFormat } from './log-format.ts'

/** The log on stderr, in the form that fits what stderr is. */
export async function openLog({ logFormat, logLevel }: Settings): Promise<Logger> {
  const format = chooseLogFormat({
    explicit: logFormat?.value,
    isTerminal: process.stderr.isTTY,
    journalStream: findVariable(processEnvironment(), 'JOURNAL_STREAM')?.value,
    stderrStat: stderrStat(),
  })
  const { createLogger } = await import('./logger.ts')
  return createLogger({ format, level: logLevel.value, clock: systemClock, colour: chalkStderr.level > 0 })
}

/** Commands that end by themselves log only their requests, and only when asked to; they need no logger otherwise. */
export async function requestLogger(settings: Settings): Promise<Logger | undefined> {
  const level = settings.logLevel.value
  return level === 'debug' || level === 'trace' ? openLog(settings) : undefined
}

function stderrStat(): Stats | undefined {
  try {
    return fstatSync(2)
  } catch {
    return undefined
  }
}
