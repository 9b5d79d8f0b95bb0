import { type MessageName, type SccpMessage, sccp } from './message.js';
import type { Button } from './station-layouts.js';

/** Button types of a template (sccp.md 7). */
export const BUTTON_LINE = 0x09;
export const BUTTON_SPEED_DIAL = 0x02;

/** Something the phone sends after RegisterAck, and what it waits for before it goes on. */
export interface Question {
  /** undefined: the server speaks first. */
  readonly request: SccpMessage | undefined;
  /** Any of these is the answer; with none the phone goes on at once. */
  readonly answers: readonly MessageName[];
  /**
   * Without the answer there is no registration. The others may stay out with several servers; the phone then goes on, and
   * asks no further question of the kind twice (sccp.md 15).
   */
  readonly essential: boolean;
}

function essential(request: SccpMessage, answer: MessageName): Question {
  return { request, answers: [answer], essential: true };
}

function optional(request: SccpMessage, ...answers: MessageName[]): Question {
  return { request, answers, essential: false };
}

/** Until the button template is there: sccp.md 3. */
export function openingQuestions(version: number): readonly Question[] {
  return [
    { request: undefined, answers: ['CapabilitiesReq'], essential: false },
    essential(sccp('ButtonTemplateReq', version, {}), 'ButtonTemplate'),
  ];
}

/**
 * After the button template, which must be asked for before RegisterAvailableLines and TimeDateReq (sccp.md 15). TimeDateReq
 * is the last: its answer makes the phone a registered one.
 * @param lineKeys line keys that the phone has; a template with more lines is cut
 */
export function templateQuestions(
  version: number,
  buttons: readonly Button[],
  lineKeys: number,
): readonly Question[] {
  const lines = buttons.filter(({ type }) => type === BUTTON_LINE).slice(0, lineKeys);
  const speedDials = buttons.filter(({ type }) => type === BUTTON_SPEED_DIAL);
  return [
    essential(sccp('SoftKeyTemplateReq', version, {}), 'SoftKeyTemplateRes'),
    essential(sccp('SoftKeySetReq', version, {}), 'SoftKeySetRes'),
    optional(sccp('ConfigStatReq', version, {}), 'ConfigStat', 'ConfigStatV2'),
    ...lines.flatMap(({ instance }) => [
      optional(sccp('LineStatReq', version, { lineNumber: instance }), 'LineStat', 'LineStatV2'),
      optional(sccp('ForwardStatReq', version, { lineNumber: instance }), 'ForwardStat'),
    ]),
    ...speedDials.map(({ instance }) =>
      optional(
        sccp('SpeedDialStatReq', version, { speedDialNumber: instance }),
        'SpeedDialStat',
        'SpeedDialStatV2',
      ),
    ),
    optional(sccp('RegisterAvailableLines', version, { lines: lines.length })),
    essential(sccp('TimeDateReq', version, {}), 'DefineTimeDate'),
  ];
}

/** A list may come in several messages; only the last of them is the answer. */
export function isWholeAnswer(message: SccpMessage): boolean {
  switch (message.type) {
    case 'ButtonTemplate':
      return message.body.offset + message.body.buttons.length >= message.body.total;
    case 'SoftKeyTemplateRes':
    case 'SoftKeySetRes':
      return message.body.offset + message.body.items.length >= message.body.total;
    default:
      return true;
  }
}
