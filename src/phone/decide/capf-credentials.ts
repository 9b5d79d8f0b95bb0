import {
  type CapfAuthentication,
  type CapfCredentials,
  capfCredentials,
} from '../../protocol/capf/credentials.js';
import type { Equipment } from '../equipment.js';
import type { CapfAuthCode } from './enrolment.js';

/** Models of which S1 says that "existing certificate" takes an LSC (R-90, K-07). */
const LSC_ONLY: readonly string[] = ['7942', '7962'];

/**
 * What the phone shows at CAPF by the mode of its configuration, never by the server's AUTH_TYPE (capf.md 6.1).
 * The MIC is made only where it may be shown.
 *
 * @param string what the user typed, for mode 1
 */
export function credentialsOf(
  { flash, knobs, model }: Pick<Equipment, 'flash' | 'knobs' | 'model'>,
  mode: CapfAuthCode,
  string: string,
): CapfCredentials {
  const authentication = authenticationOf(mode, string);
  const mic = authentication.by === 'certificate' ? flash.factory.mic() : null;
  const needsLsc = knobs.existingCertNeedsLsc && LSC_ONLY.includes(model.model);
  return capfCredentials(authentication, { lsc: flash.lsc, mic }, needsLsc);
}

/** Mode 0 is that of a phone whose configuration is encrypted for another certificate (capf.md 12.1): it shows what it has. */
function authenticationOf(mode: CapfAuthCode, string: string): CapfAuthentication {
  switch (mode) {
    case 1:
      return { by: 'string', string };
    case 2:
      return { by: 'null-string' };
    case 4:
      return { by: 'certificate', precedence: 'mic' };
    case 0:
    case 3:
      return { by: 'certificate', precedence: 'lsc' };
  }
}
