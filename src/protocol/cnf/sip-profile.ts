import { attributeNumber, child, childrenNamed, descend, integerOf, textOf, wordOf } from './element.js';
import type { LineEntry, PhoneConfiguration, SipTimers } from './model.js';
import type { XmlElement } from './xml-read.js';
import { branch, leaf, type XmlNode } from './xml-write.js';

/** CUCM's standard SIP profile (sip.md 6). */
export const DEFAULT_SIP_TIMERS: SipTimers = {
  registerExpires: 3600,
  registerDelta: 5,
  keepAliveExpires: 120,
  t1Ms: 500,
  t2Ms: 4000,
  retransmissions: 10,
};

/** featureID of a line; other buttons are speed dials and functions (phone-config.md 5.2). */
const LINE_FEATURE = 9;

/** Lines of a phone with key expansion modules at most. */
const MAX_LINES = 200;

/** Longest time of a timer: a day, in its own unit at most. */
const MAX_SECONDS = 86_400;
const MAX_MS = 86_400_000;

type SipPart = NonNullable<PhoneConfiguration['sip']>;

export function readSipProfile(profile: XmlElement): SipPart {
  return { timers: readTimers(child(profile, 'sipStack')), lines: readLines(profile) };
}

function readTimers(stack: XmlElement | undefined): SipTimers {
  const defaults = DEFAULT_SIP_TIMERS;
  const seconds = (name: string, otherwise: number): number =>
    integerOf(stack, name, otherwise, 0, MAX_SECONDS);
  return {
    registerExpires: seconds('timerRegisterExpires', defaults.registerExpires),
    registerDelta: seconds('timerRegisterDelta', defaults.registerDelta),
    keepAliveExpires: seconds('timerKeepAliveExpires', defaults.keepAliveExpires),
    t1Ms: integerOf(stack, 'timerT1', defaults.t1Ms, 0, MAX_MS),
    t2Ms: integerOf(stack, 'timerT2', defaults.t2Ms, 0, MAX_MS),
    retransmissions: integerOf(stack, 'sipRetx', defaults.retransmissions, 0, 100),
  };
}

function readLines(profile: XmlElement): readonly LineEntry[] {
  return childrenNamed(descend(profile, 'sipLines'), 'line')
    .filter((line) => integerOf(line, 'featureID', 0, 0, 65_535) === LINE_FEATURE)
    .slice(0, MAX_LINES)
    .map((line, index) => ({
      index: attributeNumber(line, 'lineIndex', attributeNumber(line, 'button', index + 1)),
      name: wordOf(line, 'name'),
      displayName: textOf(line, 'displayName'),
      contact: wordOf(line, 'contact'),
      authName: textOf(line, 'authName'),
      authPassword: textOf(line, 'authPassword'),
    }));
}

/** `sipProfile` with CUCM's values for what no phone of ours looks at. */
export function sipProfile({ timers, lines }: SipPart, softKeyFile: string): XmlNode {
  return branch('sipProfile', [
    leaf('natReceivedProcessing', false),
    branch('sipProxies', [
      leaf('backupProxy', 'USECALLMANAGER'),
      leaf('backupProxyPort', 5060),
      leaf('emergencyProxy', 'USECALLMANAGER'),
      leaf('emergencyProxyPort', 5060),
      leaf('outboundProxy', 'USECALLMANAGER'),
      leaf('outboundProxyPort', 5060),
      leaf('registerWithProxy', true),
    ]),
    branch('sipCallFeatures', [
      leaf('cnfJoinEnabled', true),
      leaf('callHoldRingback', 1),
      leaf('localCfwdEnable', true),
      leaf('semiAttendedTransfer', true),
      leaf('anonymousCallBlock', 0),
      leaf('callerIdBlocking', 0),
      leaf('dndControl', 0),
      leaf('remoteCcEnable', true),
    ]),
    branch('sipStack', [
      leaf('sipInviteRetx', 6),
      leaf('sipRetx', timers.retransmissions),
      leaf('timerInviteExpires', 180),
      leaf('timerRegisterExpires', timers.registerExpires),
      leaf('timerRegisterDelta', timers.registerDelta),
      leaf('timerKeepAliveExpires', timers.keepAliveExpires),
      leaf('timerSubscribeExpires', 120),
      leaf('timerSubscribeDelta', 5),
      leaf('timerT1', timers.t1Ms),
      leaf('timerT2', timers.t2Ms),
      leaf('maxRedirects', 70),
      leaf('remotePartyID', true),
      leaf('userInfo', 'None'),
    ]),
    leaf('autoAnswerTimer', 1),
    leaf('autoAnswerAltBehavior', false),
    leaf('transferOnhookEnabled', false),
    leaf('enableVad', false),
    leaf('preferredCodec', 'none'),
    leaf('dtmfAvtPayload', 101),
    leaf('dtmfDbLevel', 3),
    leaf('dtmfOutofBand', 'avt'),
    leaf('kpml', 3),
    leaf('alwaysUsePrimeLine', 0),
    leaf('phoneLabel', ''),
    leaf('stutterMsgWaiting', 2),
    leaf('callStats', false),
    leaf('silentPeriodBetweenCallWaitingBursts', 10),
    leaf('startMediaPort', 16_384),
    leaf('stopMediaPort', 32_766),
    branch('sipLines', lines.map(lineElement)),
    leaf('voipControlPort', 5060),
    leaf('dscpForAudio', 184),
    leaf('dscpVideo', 136),
    leaf('ringSettingBusyStationPolicy', 0),
    leaf('dialTemplate', ''),
    leaf('softKeyFile', softKeyFile),
  ]);
}

function lineElement(line: LineEntry): XmlNode {
  return branch(
    'line',
    [
      leaf('featureID', LINE_FEATURE),
      leaf('featureLabel', line.name),
      leaf('proxy', 'USECALLMANAGER'),
      leaf('port', 5060),
      leaf('name', line.name),
      leaf('displayName', line.displayName),
      branch('autoAnswer', [leaf('autoAnswerEnabled', 0)]),
      leaf('callWaiting', 3),
      leaf('authName', line.authName),
      leaf('authPassword', line.authPassword),
      leaf('sharedLine', false),
      leaf('messageWaitingLampPolicy', 1),
      leaf('messagesNumber', ''),
      leaf('ringSettingIdle', 4),
      leaf('ringSettingActive', 5),
      leaf('contact', line.contact),
      leaf('maxNumCalls', 4),
      leaf('busyTrigger', 2),
    ],
    [
      ['button', String(line.index)],
      ['lineIndex', String(line.index)],
    ],
  );
}
