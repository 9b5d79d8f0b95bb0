import { counted, healthFigure, time } from '../observe/figure-text.js';
import { isWaitInVain, type RunResult } from '../scenario/result.js';
import { loadText } from './format.js';

/** A run as far as its verdict goes: a result, or the summary of one. */
export type Judged = Pick<RunResult, 'expectations' | 'ended' | 'verdict'>;

export interface VerdictSentence {
  readonly tone: 'good' | 'bad' | 'warn';
  /** `PASS`, `FAIL`, `INVALID`, `STOPPED`, `BROKEN OFF` */
  readonly word: string;
  readonly says: string;
  /** What someone who reads no further should know all the same; empty where there is nothing. */
  readonly but: string;
}

export function verdictSentence({ expectations, ended, verdict }: Judged): VerdictSentence {
  const failed = expectations.filter(({ passed }) => !passed).length;
  const judged = expectations.filter((expectation) => expectation.judged).length;
  const waits = expectations.filter(isWaitInVain).length;
  const but =
    waits === 0
      ? ''
      : `, but ${counted(waits, 'wait')} ran into ${waits === 1 ? 'its limit' : 'their limits'}`;
  const sentence = (tone: VerdictSentence['tone'], word: string, says: string): VerdictSentence => ({
    tone,
    word,
    says,
    but: '',
  });
  switch (ended.by) {
    case 'signal':
      return sentence('warn', 'STOPPED', `by ${ended.signal}; what was measured so far is below`);
    case 'error':
      return sentence('bad', 'BROKEN OFF', `${ended.message} [${ended.code}]`);
    case 'operation-refused':
      return sentence('bad', 'FAIL', `the cluster refused an operation: ${ended.message}`);
    default:
  }
  switch (verdict) {
    case 'pass': {
      const says =
        judged === 0
          ? 'nothing was judged: no expectation has a figure for this run'
          : judged === 1
            ? 'the one expectation holds'
            : `all ${counted(judged, 'expectation')} hold`;
      return { ...sentence('good', 'PASS', says), but };
    }
    case 'fail':
      return sentence(
        'bad',
        'FAIL',
        `${failed} of ${counted(judged, 'expectation')} ${failed === 1 ? 'does' : 'do'} not hold`,
      );
    case 'invalid':
      return sentence(
        'warn',
        'INVALID',
        'the load generator itself was the bottleneck: the figures say nothing about the target',
      );
  }
}

type Setting = Pick<RunResult, 'clusters' | 'phones' | 'seed' | 'clock'>;

/** `cluster CL-3 12.5(1)`, `clusters source 9.1, destination 12.5(1)` */
export function clustersText(clusters: Setting['clusters']): string {
  const names = clusters.map(({ name, release }) => `${name} ${release}`).join(', ');
  return `${clusters.length > 1 ? 'clusters' : 'cluster'} ${names}`;
}

/** What a run is, before anything has happened: phones, clusters with their releases, seed, clock. */
export function setting({ clusters, phones, seed, clock }: Setting): string[] {
  return [counted(phones, 'phone'), clustersText(clusters), `seed ${seed}`, `${clock} clock`];
}

/** What a run was: its setting, and how long it took. */
export function conditions(run: Setting & Pick<RunResult, 'seconds'>): string[] {
  return [...setting(run), time(run.seconds)];
}

/** Each limit that was passed: the resource, the second and the offered rate (contracts.md 2). */
export function exceededLimits({
  health,
  load,
}: Pick<RunResult, 'health' | 'load'>): { readonly what: string; readonly sentence: string }[] {
  return health
    .filter((reading) => reading.exceeded)
    .map(({ what, worker, worst, limit, at, unit }) => {
      const figures = `${healthFigure(worst, unit)} in second ${Math.floor(at)}, limit ${healthFigure(limit, unit)}`;
      return { what, sentence: `${what} of ${worker} was ${figures}, while offering ${loadText(load)}` };
    });
}
