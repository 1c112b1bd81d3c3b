import { startRealEnvironment } from './real-environment.ts';
import { describeK8sActions } from './suite.ts';

describeK8sActions(startRealEnvironment);
