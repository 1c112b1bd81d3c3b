import { beforeAll } from '@jest/globals';
import { startRealAdapterEnvironment } from '../../adapters/kubernetes/real-environment.ts';
import { describeAdapter } from '../../adapters/kubernetes/suite.ts';
import { BUILD_LIMIT, buildPrograms } from '../../helpers/kubernetes/build.ts';

beforeAll(async () => void (await buildPrograms()), BUILD_LIMIT);

describeAdapter(startRealAdapterEnvironment);
