export type StopSignal = 'SIGTERM' | 'SIGINT'

export interface SignalReactions {
  /** `count` is 1 for the first SIGTERM or SIGINT; from the second on, stop at once. */
  onStop(signal: StopSignal, count: number): void
  /** SIGHUP. Left out, the signal keeps its default and ends the process. */
  onReload?(): void
  /** SIGQUIT and SIGUSR1. Left out, the first keeps its default and ends the process. */
  onOther?(signal: NodeJS.Signals): void
  /** SIGUSR2. Left out, the signal keeps its default and ends the process. */
  onRenewNow?(): void
}

/** The part of `process` that tells of signals. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown
  off(signal: NodeJS.Signals, listener: () => void): unknown
}

export interface SignalListener {
  /** Gives every signal its former behaviour back; safe to call twice. */
  dispose(): void
}

/** Reacts to SIGTERM and SIGINT, and to the others where a reaction is given. */
export function listenForSignals(reactions: SignalReactions, source: SignalSource = process): SignalListener {
  let count = 0
  const stopOn = (signal: StopSignal) => () => {
    count += 1
    reactions.onStop(signal, count)
  }
  const listeners = new Map<NodeJS.Signals, () => void>([
    ['SIGTERM', stopOn('SIGTERM')],
    ['SIGINT', stopOn('SIGINT')],
  ])
  if (reactions.onReload) listeners.set('SIGHUP', () => reactions.onReload?.())
  for (const signal of ['SIGQUIT', 'SIGUSR1'] as const) {
    if (reactions.onOther) listeners.set(signal, () => reactions.onOther?.(signal))
  }
  if (reactions.onRenewNow) listeners.set('SIGUSR2', () => reactions.onRenewNow?.())

  for (const [signal, listener] of listeners) source.on(signal, listener)
  return {
    dispose: () => {
      for (const [signal, listener] of listeners) source.off(signal, listener)
    },
  }
}
