import type { Context } from 'koa';
import type { InteractionResults, Provider } from 'oidc-provider';

/** A sign-in or consent that a person is in the middle of. */
export type Interaction = InstanceType<Provider['Interaction']>;

/** The interaction a page's `state` names; several may be open in one browser. */
export async function findInteraction(provider: Provider, id: string): Promise<Interaction | undefined> {
  return id === '' ? undefined : provider.Interaction.find(id);
}

/** Records the outcome and sends the browser back to `/authorize`, whose cookie proves it is the same browser. */
export async function finishInteraction(
  ctx: Context,
  provider: Provider,
  interaction: Interaction,
  result: InteractionResults,
): Promise<void> {
  const accountId = result.login?.accountId;
  if (accountId !== undefined && interaction.session && interaction.session.accountId !== accountId) {
    // Somebody else signs in: oidc-provider would ask to log the first one out on a page that needs script.
    const session = await provider.Session.findByUid(interaction.session.uid);
    await session?.destroy();
    delete interaction.session;
  }
  interaction.result = 'error' in result ? result : { ...interaction.lastSubmission, ...result };
  await interaction.persist();
  ctx.redirect(interaction.returnTo);
}
