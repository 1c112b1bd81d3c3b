import { beforeAll } from '@jest/globals';
import { startRealEnvironment } from '../../actions/k8s/real-environment.ts';
import { describeK8sActions } from '../../actions/k8s/suite.ts';
import { BUILD_LIMIT, buildPrograms } from '../../helpers/kubernetes/build.ts';

beforeAll(async () => void (await buildPrograms()), BUILD_LIMIT);

describeK8sActions(startRealEnvironment);
