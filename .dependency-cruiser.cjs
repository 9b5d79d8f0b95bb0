/**
 * Who may import whom. A room imports only rooms further left:
 *
 *   errors <- pki, device, observe/events <- trustfile, protocol <- phone, cluster <- net, virtual <- fleet
 *          <- scenario <- report, dashboard, cli
 *
 * and nothing beside it, but for `cli`, which may import report and dashboard. The rest of `observe/` may be imported from
 * `fleet` rightwards. `index.ts`, `workers/`, `bench/` and `test/` stand outside.
 */
const floors = [
  ['pki', 'device', 'observe/events\\.ts'],
  ['trustfile', 'protocol'],
  ['phone', 'cluster'],
  ['net', 'virtual'],
  ['fleet'],
  ['scenario'],
  ['report', 'dashboard'],
  ['cli'],
];
const cellar = ['errors\\.ts', 'package-root\\.ts'];
/** `cli` loads the benches by name. */
const benches = '^bench/';

const path = (room) => (room.endsWith('.ts') ? `^src/${room}$` : `^src/${room}/`);

const forbidden = floors.flatMap((rooms, level) =>
  rooms.map((room) => {
    const own = room.startsWith('observe') ? ['observe/events\\.ts'] : [room];
    const below = floors.slice(0, level).flat();
    const observe = level >= 4 ? ['observe'] : [];
    return {
      name: `${room.replace('\\', '')}-imports-only-what-is-left-of-it`,
      severity: 'error',
      from: { path: path(room) },
      to: {
        path: '^(src|workers|bench|test)/',
        pathNot: [
          ...[...cellar, ...own, ...below, ...observe].map(path),
          ...(room === 'cli' ? [benches] : []),
        ],
      },
    };
  }),
);

forbidden.push(
  {
    name: 'observe-imports-itself-and-the-ground-floor',
    severity: 'error',
    from: { path: '^src/observe/' },
    to: {
      path: '^(src|workers|bench|test)/',
      pathNot: ['observe', 'device', ...cellar].map(path),
    },
  },
  {
    name: 'protocol-and-decisions-have-no-sockets',
    severity: 'error',
    from: { path: '^src/(pki|device|trustfile|protocol|phone|cluster|observe)/' },
    to: { path: '^(node:)?(net|dgram|tls|http|https|worker_threads)$' },
  },
  {
    // bench/ is packed too, since `trustfleet bench` loads it
    name: 'what-is-packed-needs-no-development-dependency',
    severity: 'error',
    from: { path: '^(src|workers|bench)/' },
    to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown'] },
  },
  {
    name: 'no-circles-at-run-time',
    severity: 'error',
    from: { path: '^src/' },
    // types that name each other are gone before anything runs
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  {
    name: 'no-orphans',
    severity: 'error',
    from: { orphan: true, path: '^src/', pathNot: '\\.d\\.ts$' },
    to: {},
  },
);

module.exports = {
  forbidden,
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
