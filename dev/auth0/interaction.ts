import type { Context } from 'koa';
import type { InteractionResults, Provider } from 'oidc-provider';

/** A sign-in or consent in progress. */
export type Interaction = InstanceType<Provider['Interaction']>;

/** Finds the interaction by a page's `state`. A browser may have several open. */
export async function findInteraction(provider: Provider, id: string): Promise<Interaction | undefined> {
  return id === '' ? undefined : provider.Interaction.find(id);
}

/** Stores the result and sends the browser back to `/authorize`, where a cookie proves that it is the same browser. */
export async function finishInteraction(
  ctx: Context,
  provider: Provider,
  interaction: Interaction,
  result: InteractionResults,
): Promise<void> {
  const accountId = result.login?.accountId;
  if (accountId !== undefined && interaction.session && interaction.session.accountId !== accountId) {
    // Another user signs in. oidc-provider would log the first one out on a page that needs script.
    const session = await provider.Session.findByUid(interaction.session.uid);
    await session?.destroy();
    delete interaction.session;
  }
  interaction.result = 'error' in result ? result : { ...interaction.lastSubmission, ...result };
  await interaction.persist();
  ctx.redirect(interaction.returnTo);
}
