import { isExternal } from '../cluster/external.js';
import { firstRelease, releaseRules } from '../cluster/release-rules.js';
import type { ModelProfile } from '../device/model.js';
import { parseRelease } from '../device/release.js';
import type { Device } from '../fleet/devices.js';
import { isOwnLsc } from '../fleet/equipment.js';
import { selects } from '../fleet/selection.js';
import type { FleetSetting } from '../fleet/settings.js';
import { checkSelection } from './check-selection.js';
import type { ScenarioPlan } from './plan.js';
import { nested, type Report } from './problem.js';
import { openConditions } from './reach.js';
import { noOauth } from './resolve.js';
import { expectedOneOf } from './suggest.js';

/** Finds phones whose servers are not there, settings that come too early, and equipment that a model does not have. */
export function checkFleet(
  plan: ScenarioPlan,
  devices: readonly Device[] | undefined,
  models: ReadonlyMap<string, ModelProfile>,
  report: Report,
): void {
  const [{ name: home, nodes }] = plan.clusters;
  const running = (service: string): string[] =>
    nodes.filter((node) => (node.services as readonly string[]).includes(service)).map((node) => node.name);
  const used = new Map<string, Set<string>>([
    ['TFTP', new Set(devices?.flatMap(({ kind }) => kind.tftp))],
    ['CallManager', new Set(devices?.flatMap(({ kind }) => kind.callManagerGroup.nodes))],
  ]);
  for (const [service, names] of used) {
    const there = running(service);
    for (const name of names) {
      if (!there.includes(name))
        report(
          ['fleet'],
          `found phones whose ${service} node is "${name}", where ${home} runs no ${service}${there.length === 0 ? ' at all' : `; ${expectedOneOf(name, there)}`}`,
        );
    }
  }
  checkOauth(plan, devices, report);
  const [publisher] = nodes;
  if (
    publisher !== undefined &&
    isExternal(publisher, 'CAPF') &&
    devices?.some(({ kind }) => isOwnLsc(kind.lsc))
  )
    report(
      ['fleet'],
      `found phones with an LSC of their own cluster, whose CAPF is an external service: its key is not here; expected lsc: none, or phones that enrol`,
    );
  plan.fleet.set.forEach((setting, i) => {
    const open = openConditions(setting.for);
    if (open.length > 0)
      report(
        ['fleet', 'set', i, 'for'],
        `found ${open.join(', ')}, which is not known before the phones start; expected model, group, name, index, tftp, callManagerGroup or mode`,
      );
    else {
      checkSelection(setting.for, plan, devices, nested(report, ['fleet', 'set', i, 'for']));
      checkSetting(setting, devices ?? [], models, nested(report, ['fleet', 'set', i]));
    }
  });
  if (plan.start.off !== null) {
    const at = nested(report, ['start', 'off']);
    const open = openConditions(plan.start.off).filter((condition) => !condition.startsWith('has: '));
    if (open.length > 0) at([], `found ${open.join(', ')}, which is not known before the phones start`);
    else checkSelection(plan.start.off, plan, devices, at);
  }
}

/** First release in which phones, and not only Jabber, register with SIP OAuth. */
const OAUTH_RELEASE = firstRelease((rules) => rules.sipOauth);

/** SIP OAuth in a release that has none. */
function checkOauth(plan: ScenarioPlan, devices: readonly Device[] | undefined, report: Report): void {
  const [{ release }] = plan.clusters;
  if (releaseRules(parseRelease(release)).sipOauth) return;
  if (devices?.some(({ kind }) => kind.security === 'sip-oauth'))
    report(
      ['fleet'],
      `found phones with sip-oauth in ${release}, expected ${OAUTH_RELEASE} or later: before it only Jabber has it`,
    );
}

function protocolOf(devices: readonly Device[], model: string): string {
  return devices.find(({ kind }) => kind.model === model)?.kind.protocol ?? 'SIP';
}

/** A protocol or an address family that a phone of the setting cannot have. */
function checkSetting(
  setting: FleetSetting,
  devices: readonly Device[],
  models: ReadonlyMap<string, ModelProfile>,
  report: Report,
): void {
  const { fips, protocol, ip, security } = setting;
  const chosen = devices.filter((device) =>
    selects(setting.for, { device, state: 'off', locked: false, has: () => false }),
  );
  const used = new Set(chosen.map(({ kind }) => kind.model));
  for (const name of used) {
    const model = models.get(name);
    if (model === undefined) continue;
    if (protocol !== undefined && !model.protocols.includes(protocol))
      report(['protocol'], `found ${protocol}, but a ${name} speaks ${model.protocols.join(' and ')}`);
    if (ip?.addresses.includes('ipv6') && !model.ipv6)
      report(['ip'], `found IPv6, which a ${name} does not have`);
    if (security?.some(({ value }) => value === 'sip-oauth')) {
      const spoken = protocol ?? protocolOf(chosen, name);
      if (!model.sipOauth || spoken !== 'SIP') report(['security'], noOauth(name, spoken));
    }
    if (fips === true && model.family !== 'modern')
      report(['fips'], `found FIPS mode, which a ${name} does not have`);
  }
}
