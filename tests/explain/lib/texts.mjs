// The statements that stand in the programs: what no test reached is explained as well.
import { execFileSync } from 'node:child_process';

import { shape } from './log.mjs';

const PROGRAMS = ['souk-worker', 'souk-jobs', 'souk'];
const VERB = /^\(?(SELECT|UPDATE|DELETE|INSERT|REPLACE|WITH) /;

export function texts(build) {
    const all = new Set();
    for (const program of PROGRAMS)
        for (const line of execFileSync('strings', ['-n', '12', `${build}/${program}`], { maxBuffer: 1 << 28, encoding: 'latin1' }).split('\n'))
            if (VERB.test(line) && !/^SELECT (1|RELEASE_LOCK|GET_LOCK)/.test(line)) all.add(line.replace(/ IN $/, " IN ('1','2')"));
    return [...all];
}

// Texts that are put together with others are heads of what was recorded.
export const begins = (shapes, text) => {
    const head = shape(text.replaceAll('%s', '?')).replace(/[\s?]*$/, '');
    return [...shapes].some((s) => s.startsWith(head));
};
