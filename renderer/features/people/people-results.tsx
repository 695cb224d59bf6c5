import { useTranslation } from 'react-i18next';
import { Avatar } from '../../components/avatar.tsx';
import { Isolate } from '../../components/isolate.tsx';
import roomStyles from '../rooms/rooms.module.css';
import type { FoundPerson } from './found-people.ts';
import type { PeopleSearch } from './use-people-search.ts';

/** People to choose from, under an address field. */
export function PeopleResults({
	search,
	onPick,
}: {
	readonly search: PeopleSearch;
	readonly onPick: (person: FoundPerson) => void;
}) {
	const { t } = useTranslation();
	const { people, searching, asked } = search;
	return (
		<div>
			{people.length > 0 && (
				<ul className={roomStyles['results']} aria-label={t('people.results')}>
					{people.map((person) => (
						<li key={person.remoteId}>
							<button type="button" className={roomStyles['person']} onClick={() => onPick(person)}>
								<Avatar id={person.remoteId} name={person.name} presence={person.availability} />
								<span className={roomStyles['words']}>
									<Isolate className={roomStyles['name']}>{person.name}</Isolate>
									{person.address !== person.name && (
										<Isolate className={roomStyles['topic']}>{person.address}</Isolate>
									)}
								</span>
							</button>
						</li>
					))}
				</ul>
			)}
			<p className={roomStyles['state']} role="status">
				{searching ? t('people.searching') : asked && people.length === 0 ? t('people.nobody') : ''}
			</p>
		</div>
	);
}
