import { describe, expect, it } from 'vitest';
import type { PartialTableMap } from '@shared/domain';
import { requestOf } from '@renderer/features/import/drop';
import { projectIn } from '@renderer/features/import/decisions';
import {
  answerWordOf,
  areOne,
  labelFor,
  proposedAnswers,
  withAnswers,
  withAnswerWord,
  withLabel,
  withOneLabel,
  withPatients,
  withRole,
} from '@renderer/features/import/mapping';

describe('the map of a table', () => {
  const map: PartialTableMap = { path: 'a', label: 'b', split: null, metadata: ['d'], labels: { X: 'x' } };

  it('gives a column one role, and proposes filters anew', () => {
    expect(withRole(map, 'label', 'c')).toEqual({ path: 'a', label: 'c', split: null, labels: { X: 'x' } });
    expect(withRole(map, 'patient', 'b')).toEqual({ path: 'a', patient: 'b', split: null, labels: { X: 'x' } });
    expect(withRole(map, 'label', null)).toMatchObject({ path: 'a', label: null });
    expect(withRole(map, 'path', null)).toEqual({ label: 'b', split: null, labels: { X: 'x' } });
  });

  it('says once what a spelling means; blank is no label, its own words are itself', () => {
    expect([labelFor(map, 'X'), labelFor(map, 'y ')]).toEqual(['x', 'y']);
    const blank = withLabel(map, 'y ', ' ');
    expect(blank.labels).toEqual({ X: 'x', 'y ': null });
    expect(labelFor(blank, 'y ')).toBe('');
    expect(withLabel(blank, 'y ', 'y').labels).toEqual({ X: 'x' });
  });

  it('takes several columns as questions, in place of one label; a column has one role', () => {
    const asked = withAnswers({ path: 'a', patient: 'c', label: 'b', metadata: ['d'] }, ['b', 'c', 'd']);
    expect(asked).toEqual({ path: 'a', patient: null, label: null, answers: ['b', 'c', 'd'] });
    expect(withRole(asked, 'patient', 'c')).toEqual({ path: 'a', patient: 'c', label: null, answers: ['b', 'd'] });
    expect(withAnswers(asked, [])).toEqual({ path: 'a', patient: null, label: null });
    expect(withOneLabel(asked)).toEqual({ path: 'a', patient: null });
    expect(proposedAnswers({ path: 'a', label: 'b', reader: 'c' }, ['b', 'c', 'd'])).toEqual(['b', 'd']);
  });

  it('says once which spelling is a yes and which a no; a gap is neither', () => {
    expect([' Yes', '0', '', 'perhaps'].map((word) => answerWordOf({}, word))).toEqual(['yes', 'no', 'na', null]);
    const said = withAnswerWord(withAnswerWord({}, ' perhaps', 'na'), '0', 'yes');
    expect(said.labels).toEqual({ perhaps: null, 0: 'yes' });
    expect([' perhaps', '0'].map((word) => answerWordOf(said, word))).toEqual(['na', 'yes']);
    expect(withAnswerWord(said, '0', 'no').labels).toEqual({ perhaps: null });
  });

  it('calls ids one patient, and takes that back', () => {
    const same = withPatients({ patients: { q: 'r' } }, ['7', '07', '007'], true);
    expect(same.patients).toEqual({ q: 'r', '07': '7', '007': '7' });
    expect(areOne(same, ['7', '07', '007'])).toBe(true);
    const apart = withPatients(same, ['7', '07', '007'], false);
    expect(apart.patients).toEqual({ q: 'r' });
    expect(areOne(apart, ['7', '07', '007'])).toBe(false);
  });
});

describe('what is dropped', () => {
  it('is read; a table goes with the folder beside it, and none alone', () => {
    expect(requestOf(['/a/scans'])).toEqual({ paths: ['/a/scans'] });
    expect(requestOf(['/a/list.XLSX', '/a/scans'])).toEqual({ paths: ['/a/scans'], table: '/a/list.XLSX' });
    expect(requestOf(['/a/list.csv'])).toBeNull();
  });
});

it('a project is named after what was typed, in the folder that was chosen', () => {
  expect(projectIn('/home/r', ' Brust: 2026/1 ')).toBe('/home/r/Brust_ 2026_1.residua');
  expect(projectIn('C:\\data\\', '..')).toBe('C:\\data\\project.residua');
});
