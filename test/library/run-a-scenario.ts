import { laboratorySpec, loadModels, loadScenario, openLaboratory, runScenario, withClock } from 'trustfleet';

const plan = withClock(loadScenario('S-03b'), 'virtual');
const laboratory = await openLaboratory(plan, laboratorySpec(plan, loadModels(), { phones: 50 }));
try {
  const result = await runScenario(plan, laboratory);
  const locked = result.snapshot.gauges.filter(({ name }) => name === 'phones_locked');
  console.log(
    `${result.verdict}: ${locked.reduce((sum, { value }) => sum + value, 0)} of ${result.phones} phones locked`,
  );
  for (const { count, what, rule, example } of result.refusals.kinds) {
    console.log(`${count} times ${what} ${rule}, first ${example.phone}: ${example.detail}`);
  }
} finally {
  await laboratory.close();
}
