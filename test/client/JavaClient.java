// SPDX-License-Identifier: BSD-2-Clause
// What a Java program does with a token through SunPKCS11: keys of its key store, keys of one session, TLS by SunJSSE.
// JavaClient CONFIG first|last WHAT ARGUMENTS...: the provider is the first or the last that is asked. The PIN is PIN of
// the environment. Says what it did, and ends with a stack trace otherwise.
import java.io.*;
import java.nio.file.*;
import java.security.*;
import java.security.cert.*;
import java.security.spec.*;
import java.util.*;
import java.util.concurrent.*;
import javax.crypto.*;
import javax.crypto.spec.*;
import javax.net.ssl.*;

public class JavaClient {
	static Provider provider;
	static KeyStore store;

	static KeyStore open(String pin) throws Exception {
		KeyStore opened = KeyStore.getInstance("PKCS11", provider);
		opened.load(null, pin.toCharArray());
		return opened;
	}

	static PrivateKey key(String alias) throws Exception {
		PrivateKey key = (PrivateKey) store.getKey(alias, null);
		must(key.getEncoded() == null, "the key stays where it is");
		return key;
	}

	static void must(boolean good, String what) {
		if (!good)
			throw new IllegalStateException("not so: " + what);
		System.out.println(what);
	}

	static Signature signature(String name) throws Exception {
		Signature signature = Signature.getInstance(name.startsWith("PSS") ? "RSASSA-PSS" : name, provider);
		if (name.startsWith("PSS"))
			signature.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
		return signature;
	}

	static byte[] sign(PrivateKey key, String name, byte[] text) throws Exception {
		Signature signature = signature(name);
		signature.initSign(key);
		for (byte one : text)
			signature.update(one);
		return signature.sign();
	}

	// sign ALIAS ALGORITHM FILE OUT: verified by the token as well
	static void sign(String[] args) throws Exception {
		byte[] text = Files.readAllBytes(Path.of(args[2])), signed = sign(key(args[0]), args[1], text);
		Signature signature = signature(args[1]);
		signature.initVerify(store.getCertificate(args[0]).getPublicKey());
		signature.update(text);
		must(signature.verify(signed), "verified in the token");
		signature.initVerify(store.getCertificate(args[0]).getPublicKey());
		signature.update((byte) 0);
		must(!signature.verify(signed), "refused for another text");
		Files.write(Path.of(args[3]), signed);
	}

	// threads ALIAS ALGORITHM: eight, fifty signatures each; all are verified outside of the token
	static void threads(String[] args) throws Exception {
		PrivateKey key = key(args[0]);
		PublicKey other = store.getCertificate(args[0]).getPublicKey();
		ExecutorService pool = Executors.newFixedThreadPool(8);
		List<Future<Boolean>> done = new ArrayList<>();
		for (int i = 0; i < 400; i++) {
			byte[] text = ("text " + i).getBytes();
			done.add(pool.submit(() -> {
				Signature signature = Signature.getInstance(args[1], other instanceof java.security.interfaces.ECPublicKey ? "SunEC" : "SunRsaSign");
				signature.initVerify(other);
				signature.update(text);
				return signature.verify(sign(key, args[1], text));
			}));
		}
		for (Future<Boolean> one : done)
			if (!one.get())
				throw new IllegalStateException("a signature is not good");
		pool.shutdown();
		System.out.println(done.size() + " good signatures");
	}

	// ecdh: with a pair of the session, and with one of another provider at the other side
	static void ecdh(String[] args) throws Exception {
		byte[][] secrets = new byte[2][];
		KeyPair[] pairs = new KeyPair[2];
		Provider[] providers = {provider, Security.getProvider("SunEC")};
		for (int i = 0; i < 2; i++) {
			KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", providers[i]);
			generator.initialize(new ECGenParameterSpec("secp384r1"));
			pairs[i] = generator.generateKeyPair();
		}
		must(pairs[0].getPrivate().getEncoded() == null, "made in the token");
		for (int i = 0; i < 2; i++) {
			KeyAgreement agreement = KeyAgreement.getInstance("ECDH", providers[i]);
			agreement.init(pairs[i].getPrivate());
			agreement.doPhase(pairs[1 - i].getPublic(), true);
			secrets[i] = agreement.generateSecret();
		}
		must(secrets[0].length == 48 && Arrays.equals(secrets[0], secrets[1]), "the same secret");
	}

	static byte[] aes(int mode, Provider by, String name, Key key, AlgorithmParameterSpec spec, byte[] in) throws Exception {
		Cipher cipher = Cipher.getInstance("AES/" + name, by);
		cipher.init(mode, key, spec);
		if (name.startsWith("GCM"))
			cipher.updateAAD("header".getBytes());
		return cipher.doFinal(in);
	}

	// aes: a key that was brought along, so that another provider can read what was written; and a generated one
	static void aes(String[] args) throws Exception {
		byte[] text = new byte[100000], iv = new byte[16];
		new Random(1).nextBytes(text);
		SecretKey plain = new SecretKeySpec(Arrays.copyOf(text, 32), "AES");
		SecretKey brought = SecretKeyFactory.getInstance("AES", provider).translateKey(plain);
		Provider other = Security.getProvider("SunJCE");
		KeyGenerator generator = KeyGenerator.getInstance("AES", provider);
		generator.init(256);
		SecretKey made = generator.generateKey();
		for (String name : new String[] {"GCM/NoPadding", "CBC/PKCS5Padding", "CTR/NoPadding"}) {
			AlgorithmParameterSpec spec = name.startsWith("GCM") ? new GCMParameterSpec(128, Arrays.copyOf(iv, 12)) : new IvParameterSpec(iv);
			byte[] sealed = aes(Cipher.ENCRYPT_MODE, provider, name, brought, spec, text);
			must(Arrays.equals(text, aes(Cipher.DECRYPT_MODE, other, name, plain, spec, sealed)), name + ": another provider reads it");
			must(Arrays.equals(text, aes(Cipher.DECRYPT_MODE, provider, name, brought, spec, sealed)), name + ": and the token");
			byte[] own = aes(Cipher.ENCRYPT_MODE, provider, name, made, spec, text);
			must(!Arrays.equals(own, sealed), name + ": another key, another text");
			must(Arrays.equals(text, aes(Cipher.DECRYPT_MODE, provider, name, made, spec, own)), name + ": the generated key");
			if (!name.startsWith("GCM"))
				continue;
			sealed[7] ^= 1;
			try {
				aes(Cipher.DECRYPT_MODE, provider, name, brought, spec, sealed);
				throw new IllegalStateException("a changed text was decrypted");
			} catch (GeneralSecurityException | ProviderException e) {
				System.out.println("a changed text is refused: " + e);
			}
		}
	}

	// decrypt ALIAS TRANSFORMATION FILE OUT
	static void decrypt(String[] args) throws Exception {
		Cipher cipher = Cipher.getInstance(args[1], provider);
		cipher.init(Cipher.DECRYPT_MODE, key(args[0]));
		Files.write(Path.of(args[3]), cipher.doFinal(Files.readAllBytes(Path.of(args[2]))));
	}

	// random [digest]: random numbers and HMAC by the token, and digests
	static void random(String[] args) throws Exception {
		byte[] one = new byte[32], two = new byte[32];
		SecureRandom random = SecureRandom.getInstance("PKCS11", provider);
		random.nextBytes(one);
		random.nextBytes(two);
		must(!Arrays.equals(one, two), "random numbers");
		if (args.length > 0)
			must(Arrays.equals(MessageDigest.getInstance("SHA-256", provider).digest(one), MessageDigest.getInstance("SHA-256", "SUN").digest(one)), "digest");
		byte[][] macs = new byte[2][];
		for (int i = 0; i < 2; i++) {
			Mac mac = Mac.getInstance("HmacSHA256", i == 0 ? provider : Security.getProvider("SunJCE"));
			mac.init(new SecretKeySpec(one, "HmacSHA256"));
			macs[i] = mac.doFinal(two);
		}
		must(Arrays.equals(macs[0], macs[1]), "HMAC");
	}

	static SSLContext tls(String trusted) throws Exception {
		KeyStore roots = KeyStore.getInstance("PKCS12", "SUN");
		roots.load(null, null);
		try (InputStream in = new FileInputStream(trusted)) {
			roots.setCertificateEntry("root", CertificateFactory.getInstance("X.509", "SUN").generateCertificate(in));
		}
		TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
		trust.init(roots);
		KeyManagerFactory keys = KeyManagerFactory.getInstance("NewSunX509");
		keys.init(new KeyStoreBuilderParameters(KeyStore.Builder.newInstance(store, new KeyStore.PasswordProtection(null))));
		SSLContext context = SSLContext.getInstance("TLS");
		context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
		return context;
	}

	// server PORT TRUSTED COUNT: demands a certificate of the client, and says who it was
	static void server(String[] args) throws Exception {
		SSLServerSocket socket = (SSLServerSocket) tls(args[1]).getServerSocketFactory().createServerSocket(Integer.parseInt(args[0]), 5, java.net.InetAddress.getLoopbackAddress());
		socket.setNeedClientAuth(true);
		System.out.println("ready");
		for (int i = 0; i < Integer.parseInt(args[2]); i++) {
			try (SSLSocket one = (SSLSocket) socket.accept()) {
				one.setSoTimeout(20000);
				new BufferedReader(new InputStreamReader(one.getInputStream())).readLine();
				SSLSession session = one.getSession();
				one.getOutputStream().write(("HTTP/1.0 200 OK\r\n\r\nhello " + session.getPeerPrincipal() + " " + session.getProtocol() + " " + session.getCipherSuite() + "\n").getBytes());
				System.out.println("served " + session.getPeerPrincipal() + " " + session.getProtocol());
			} catch (IOException e) {
				System.out.println("not served: " + e);
			}
		}
	}

	// client PORT TRUSTED PROTOCOL
	static void client(String[] args) throws Exception {
		try (SSLSocket socket = (SSLSocket) tls(args[1]).getSocketFactory().createSocket("localhost", Integer.parseInt(args[0]))) {
			SSLParameters parameters = socket.getSSLParameters();
			parameters.setEndpointIdentificationAlgorithm("HTTPS");
			parameters.setProtocols(new String[] {args[2]});
			socket.setSSLParameters(parameters);
			socket.setSoTimeout(20000);
			socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes());
			socket.getInputStream().transferTo(System.out);
		}
	}

	public static void main(String[] args) throws Exception {
		provider = Security.getProvider("SunPKCS11").configure(args[0]);
		if (args[1].equals("first"))
			Security.insertProviderAt(provider, 1);
		else
			Security.addProvider(provider);
		store = open(System.getenv("PIN"));
		String[] rest = Arrays.copyOfRange(args, 3, args.length);
		switch (args[2]) {
		case "sign" -> sign(rest);
		case "threads" -> threads(rest);
		case "ecdh" -> ecdh(rest);
		case "aes" -> aes(rest);
		case "decrypt" -> decrypt(rest);
		case "random" -> random(rest);
		case "server" -> server(rest);
		case "client" -> client(rest);
		default -> throw new IllegalArgumentException(args[2]);
		}
		((AuthProvider) provider).logout();
		System.out.println("good");
	}
}
