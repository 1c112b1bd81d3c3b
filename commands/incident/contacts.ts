import { contactList } from '../../blocks/contacts.ts';
import { UserError } from '../../src/domain/errors.ts';
import type { Subcommand } from '../command.ts';
import { neededService } from '../names.ts';
import { firstWord } from '../words.ts';

export const contacts: Subcommand = {
  name: 'contacts',
  usage: 'contacts [service]',
  summary: 'Shows whom to call outside of Slack, to members who hold a role.',
  incident: 'none',
  async run(request, look) {
    const [word] = firstWord(request.text);
    const id = neededService(word, '/incident contacts service', request, look);
    const { trusted, roles } = await look.personIn(id);
    if (!trusted || roles.length === 0) {
      throw new UserError('role-needed', `The contacts of ${id} are for those who hold a role. Ask one of them, or \`/incident escalate\`.`, {
        refusal: true,
      });
    }
    const service = look.services.find((one) => one.id === id);
    const listed = service?.contacts ?? [];
    if (service === undefined || listed.length === 0)
      throw new UserError('no-contacts', `${id} has no contacts. Add \`contacts\` to it in tocsin.yml.`);
    return { reply: contactList(service.name, listed) };
  },
};
