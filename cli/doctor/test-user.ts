/** A user of the tenant who exists for tests, and with whom the doctor signs in without a person. */
export type TestUser = {
  /** Email address or user name. */
  name: string;
  password: string;
  /** Origin of the login page. The password goes to no other. */
  loginOrigin: string;
};
